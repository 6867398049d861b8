import { fillStore } from './full-store.js';

fillStore(1024, 'one file');
