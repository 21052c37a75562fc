/** The first file of the page: takes the token out of the address, begins to follow, shows the page. */
import { render } from 'preact';
import { App } from './app.tsx';
import { startLive } from './live.ts';
import { takeToken } from './token.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/shell.css';

takeToken();
startLive();
render(<App />, document.getElementById('page')!);
