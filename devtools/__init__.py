import sys

from devtools.syntax_errors import explain

# All that `dev.py` imports comes after this.
sys.excepthook = explain
