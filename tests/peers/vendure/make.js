// Makes the shop's file, with its products: once, after the install.
const path = require('path');
const { bootstrap, DefaultLogger, LogLevel } = require('@vendure/core');
const { populate } = require('@vendure/core/cli');
const { config } = require('./config');
const data = require('./initial-data.json');

const quiet = { ...config, logger: new DefaultLogger({ level: LogLevel.Warn }) };
populate(() => bootstrap(quiet), data, path.join(__dirname, 'products.csv'))
  .then((app) => app.close())
  .then(() => process.exit(0))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
