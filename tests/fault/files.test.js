import { filesSuite } from './files.suite.js';

filesSuite({ name: 'each failure in one way', full: false });
