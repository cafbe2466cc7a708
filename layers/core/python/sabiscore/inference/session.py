"""An onnxruntime session for a graph of ours, set up for one row at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sabiscore.errors import BadBundle

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

OUTPUTS = {"probabilities": ("N", 3), "over": ("N", 1)}
"""What a graph gives: home, draw, away; and the probability of three goals or more."""

_ERRORS_ONLY = 3
"""The runtime warns that calibration can be overridden: that is what it is for."""


def open_session(model: bytes, n_features: int) -> InferenceSession:
    """A session over the graph ``model`` with input [N, n_features] and outputs [N, 3] and [N, 1].

    One thread: a row takes less time than waking another. Raises BadBundle when the runtime
    refuses the graph or its inputs and outputs are not ours.
    """
    # Loaded on a cache miss only: importing it costs more than everything else in a cold start.
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    try:
        session = InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime raises a dozen unrelated classes
        raise BadBundle(f"onnxruntime refuses the graph ({type(error).__name__}).") from error
    _check(session, n_features)
    return session


def _check(session: InferenceSession, n_features: int) -> None:
    inputs = {item.name: tuple(item.shape) for item in session.get_inputs()}
    outputs = {item.name: tuple(item.shape) for item in session.get_outputs()}
    if inputs != {"vectors": ("N", n_features)} or outputs != OUTPUTS:
        raise BadBundle(f"The graph reads {inputs} and gives {outputs}, not what the manifest says.")
    overridable = {item.name: tuple(item.shape) for item in session.get_overridable_initializers()}
    if overridable != {"calibration_matrix": (3, 3), "calibration_bias": (3,)}:
        raise BadBundle(f"The graph takes {overridable} beside its vectors, not a calibration.")
