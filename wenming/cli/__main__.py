"""`python -m wenming.cli` is the same as `wenming`: for children of the server."""

import sys

from wenming.cli import main

sys.exit(main())
