import { fillStore } from './full-store.js';

fillStore(96);
