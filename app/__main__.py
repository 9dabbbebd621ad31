import signal

# Ctrl-C ends the process without a traceback while the modules are imported.
_is_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
if _is_default:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from app.cli import main  # noqa: E402

if _is_default:
    signal.signal(signal.SIGINT, signal.default_int_handler)
main()
