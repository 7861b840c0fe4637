// The fault suites of the fast tests, in every way.
import { filesSuite } from '../fault/files.suite.js';

filesSuite({ name: 'each failure in every way', full: true });
