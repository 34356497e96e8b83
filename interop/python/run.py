"""run.py VERIFIER USE < job.json: prints a line of JSON for each token, {token, accepted, reason}."""

import importlib
import json
import sys
import warnings

warnings.simplefilter("ignore")
verifier, use = sys.argv[1:]
job = json.load(sys.stdin)
module = importlib.import_module("verifiers." + verifier.replace("-", "_"))
for token, text in job["tokens"].items():
    reason = ""
    try:
        getattr(module, use)(job, text)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
    print(json.dumps({"token": token, "accepted": reason == "", "reason": reason}))
