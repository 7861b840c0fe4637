import { killSuite } from './kill.suite.js';

killSuite({ rounds: Number(process.env.KILL_ROUNDS ?? 10) });
