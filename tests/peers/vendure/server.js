const { bootstrap, DefaultLogger, JobQueueService, LogLevel } = require('@vendure/core');
const { config } = require('./config');

bootstrap({ ...config, logger: new DefaultLogger({ level: LogLevel.Warn }) })
  .then((app) => app.get(JobQueueService).start())
  .then(() => console.log('READY'))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
