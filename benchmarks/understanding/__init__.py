"""How well messages are read: Backchat, beside what one would take off the shelf."""

import logging
import os

# The modules import Rasa and TensorFlow, which look at these and warn of what only their makers can change.
os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
logging.captureWarnings(True)
logging.getLogger("py.warnings").propagate = False
