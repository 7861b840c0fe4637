import { givenFiles } from '../conformance/places.js';
import { historySuite } from './history.suite.js';

historySuite(givenFiles, { operations: 300 });
