import { fillStore } from './full-store.js';

fillStore(1024, 'many small files');
