import { fillStore } from '../boot/full-store.js';

fillStore(1024, 'one file');
