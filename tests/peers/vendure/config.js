// A real Vendure on loopback with SQLite: no dashboard, no e-mail, no pictures.
const path = require('path');
const { DefaultJobQueuePlugin, dummyPaymentHandler } = require('@vendure/core');

let last = 10020;

exports.config = {
  apiOptions: {
    hostname: '127.0.0.1',
    port: Number(process.env.SHOP_PORT),
    adminApiPath: 'admin-api',
    shopApiPath: 'shop-api',
  },
  authOptions: {
    tokenMethod: ['bearer', 'cookie'],
    superadminCredentials: { identifier: 'superadmin', password: 'superadmin' },
    cookieOptions: { secret: 'of-the-tests' },
    requireVerification: false,
  },
  dbConnectionOptions: {
    type: 'better-sqlite3',
    synchronize: process.env.SHOP_MAKE === '1',
    logging: false,
    database: path.resolve(process.env.SHOP_FILE),
  },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  orderOptions: { orderCodeStrategy: { generate: () => String(++last) } },
  plugins: [DefaultJobQueuePlugin.init({ useDatabaseForBuffer: true })],
};
