import { fillStore } from './full-store.js';

fillStore(256, 'one file');
