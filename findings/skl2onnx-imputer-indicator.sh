#!/usr/bin/env bash
# skl2onnx 1.20.0 leaves the indicator columns of SimpleImputer(add_indicator=True) out of the graph.
#
# Expected: with add_indicator=True scikit-learn's SimpleImputer "stacks" a MissingIndicator behind its output
#   (documentation of sklearn.impute.SimpleImputer), so four columns with gaps become eight. A converter should
#   write eight columns or refuse.
# Seen: the graph writes four. The next step of the pipeline was fitted on eight; the conversion succeeds all the same,
#   and onnxruntime reads the weights of a linear model four at a time, so that all rows are answered wrongly.
# Cost: the flags "this price is missing" vanish between training and serving without an error or a warning.
# Instead: add the flags as columns of your own before the pipeline (np.isnan), and use a plain SimpleImputer.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  skl2onnx==1.20.0 scikit-learn==1.9.1 onnx==1.23.2 onnxruntime==1.31.1 numpy==2.4.6
cat > "$work/finding.py" <<'PY'
import sys

import numpy as np
import onnxruntime
import skl2onnx
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

onnxruntime.set_default_logger_severity(3)
rng = np.random.default_rng(7)
prices = rng.normal(size=(500, 4)).astype(np.float32)
outcome = (prices[:, 0] > 0).astype(int)
prices[rng.random(prices.shape) < 0.2] = np.nan


def answers(model, output):
    graph = skl2onnx.to_onnx(model, prices[:1], options={LogisticRegression: {"zipmap": False}})
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: prices})[output]


def pipeline(add_indicator):
    return make_pipeline(SimpleImputer(add_indicator=add_indicator), LogisticRegression()).fit(prices, outcome)


def wrong(model):
    return int((np.abs(answers(model, 1) - model.predict_proba(prices)).max(axis=1) > 1e-4).sum())


imputer = SimpleImputer(add_indicator=True).fit(prices)
columns = imputer.transform(prices).shape[1], answers(imputer, 0).shape[1]
rows = wrong(pipeline(add_indicator=False)), wrong(pipeline(add_indicator=True))
print(f"skl2onnx {skl2onnx.__version__}")
print("expected: 8 columns from scikit-learn, 8 from the graph; 0 wrong rows without and with indicator")
print(f"seen:     {columns[0]} columns from scikit-learn, {columns[1]} from the graph; "
      f"{rows[0]} wrong rows without and {rows[1]} of {len(prices)} with indicator")
still = columns == (8, 4) and rows[0] == 0 and rows[1] > 0.9 * len(prices)
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
"$work/venv/bin/python" "$work/finding.py"
