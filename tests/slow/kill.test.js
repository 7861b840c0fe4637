import { killSuite } from '../fault/kill.suite.js';

killSuite({ rounds: Number(process.env.KILL_ROUNDS ?? 100) });
