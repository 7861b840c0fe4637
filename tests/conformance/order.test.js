import { orderSuite } from './order.suite.js';
import { storages } from './places.js';

for (const storage of storages) orderSuite(storage);
