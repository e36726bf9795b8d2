"""For all tests: whoever starts them in the background (CI does) must not make every child deaf to Ctrl-C."""

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
