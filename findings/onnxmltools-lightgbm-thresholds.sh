#!/usr/bin/env bash
# onnxmltools 1.16.0 rounds LightGBM's thresholds to the nearest float32, and rows change sides.
#
# Expected: LightGBM compares a float64 threshold with `x <= t`, ONNX's TreeEnsemble operators (ai.onnx.ml 3) hold
#   float32 thresholds. Inputs that are float32 already can be answered exactly: round each threshold down.
# Seen: thresholds are rounded to the nearest float32. LightGBM puts a split just above the middle of two values;
#   where they are neighbours in float32 the nearest is the upper one, so `x <= t` becomes true for both.
# Cost: no error and no warning. A row on a threshold moves to the other leaf, which no tolerance hides: it is a
#   step, not a rounding error.
# Instead: after the conversion set every `nodes_values` to the largest float32 that is not above LightGBM's
#   threshold, and hold the graph to the model on all training rows.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  onnxmltools==1.16.0 skl2onnx==1.20.0 scikit-learn==1.9.1 lightgbm==4.7.0 onnx==1.23.2 onnxruntime==1.31.1 \
  numpy==2.4.6
cat > "$work/finding.py" <<'PY'
import sys

import lightgbm
import numpy as np
import onnxmltools
import onnxruntime
from onnxmltools.convert.common.data_types import FloatTensorType

lower = np.float32(1.35)
upper = np.nextafter(lower, np.float32(2))
expected_goals = np.repeat([lower, upper], 100).reshape(-1, 1)
goals = np.repeat([1.0, 2.0], 100)
model = lightgbm.LGBMRegressor(n_estimators=1, learning_rate=1.0, verbose=-1).fit(expected_goals, goals)

graph = onnxmltools.convert_lightgbm(model, initial_types=[("x", FloatTensorType([None, 1]))])
session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
both = np.array([[lower], [upper]])
python = model.predict(both).round(4).tolist()
onnx = session.run(None, {"x": both})[0].ravel().round(4).tolist()
threshold = model.booster_.dump_model()["tree_info"][0]["tree_structure"]["threshold"]
written = next(a.floats[0] for a in graph.graph.node[0].attribute if a.name == "nodes_values")

print(f"onnxmltools {onnxmltools.__version__}, lightgbm {lightgbm.__version__}")
print(f"x:         {lower:.10f} and {upper:.10f}; threshold {threshold:.10f}, in the graph {written:.10f}")
print(f"expected:  {python} (LightGBM)")
print(f"seen:      {onnx} (ONNX)")
still = python == [1.0, 2.0] and onnx == [1.0, 1.0] and written == float(upper)
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
"$work/venv/bin/python" "$work/finding.py"
