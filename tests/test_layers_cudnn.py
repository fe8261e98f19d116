"""Where cuDNN is chosen, and what Keras's layer makes of our weights in its place.

No GPU is needed: `use_cudnn=True` hands the weights to Keras's layer anywhere, and what it then
runs is Keras's own loop.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from keras_oracle import LSTM as KERAS_LSTM  # noqa: F401  first: it picks the backend

# isort: split
import keras
import numpy as np
import pytest
import tensorflow as tf
from test_layers_fast import D, H, N, T, built, close, gradients, x_like

from lmkit.cells import GRUCell, LSTMCell, MUT1Cell
from lmkit.layers import GRU, LSTM, RNN, Bidirectional, SimpleRNN, from_keras, to_keras
from lmkit.layers.cudnn import Call, call_of, runs, why_not
from lmkit.models import RecurrentLanguageModel
from lmkit.training import Plan, Trainer

ON_GPU = Call("LSTM", (), False, "float32", "tensorflow", ("CPU:0", "GPU:0"), (3, 15))
FORCED = {"use_cudnn": True}
SAYS = "keras.layers.{}: use_cudnn=True was asked for, though there is no GPU"
OTHERWISE: list[tuple[dict[str, Any], str]] = [
    ({"equations": ""}, "its equations are others"),
    ({"inside": ("zoneout",)}, "there is zoneout"),
    ({"unroll": True}, "unroll=True was asked for"),
    ({"mask": True}, "there is a mask"),
    ({"compiled": True}, "XLA compiles the whole step"),
    ({"devices": ("CPU:0",)}, "there is no GPU"),
    ({"dtype": "bfloat16"}, "it does not compute in bfloat16 on tensorflow"),
    ({"backend": "jax", "dtype": "float64"}, "it does not compute in float64 on jax"),
    ({"backend": "jax", "version": (3, 13)}, "on jax it takes Keras 3.15"),
    ({"backend": "torch", "version": (3, 14)}, "on torch it takes Keras 3.15"),
    ({"backend": "jax", "equations": "GRU"}, "Keras has none for a GRU on jax"),
    ({"backend": "openvino"}, "Keras has none for a LSTM on openvino"),
]
CHOSEN: list[dict[str, Any]] = [
    {},
    {"equations": "GRU"},
    {"dtype": "float16"},
    {"version": (3, 13)},
    {"backend": "jax", "devices": ("gpu:0",)},
    {"backend": "torch", "devices": ("cuda:0",), "equations": "GRU"},
]


@pytest.mark.parametrize(("change", "reason"), OTHERWISE)
def test_what_stands_against_cudnn(change: Any, reason: Any) -> None:
    assert why_not(replace(ON_GPU, **change)) == reason


@pytest.mark.parametrize("change", CHOSEN)
def test_cudnn_is_chosen(change: Any) -> None:
    call = replace(ON_GPU, **change)
    assert why_not(call) == "" and runs(call, "auto") and runs(call, True)
    assert why_not(call, False) == "use_cudnn=False was asked for" and not runs(call, False)


@pytest.mark.parametrize(("change", "reason"), OTHERWISE)
def test_asked_for_it_is_kerass_layer_where_the_numbers_are_the_same(
    change: Any, reason: Any
) -> None:
    same = set(change) & {"devices", "dtype", "backend", "version"}
    assert why_not(replace(ON_GPU, **change), True) == ("" if same else reason)
    assert not runs(replace(ON_GPU, **change), True)


def test_compiled_by_xla_kerass_own_loop_is_no_harm() -> None:
    assert why_not(replace(ON_GPU, compiled=True, devices=("CPU:0",)), True) == ""


@pytest.mark.parametrize(
    ("layer", "training", "call"),
    [
        (LSTM(3), True, {}),
        (LSTM(3, dropout=0.1, locked=False, weight_drop=0.1), True, {}),
        (LSTM(3, recurrent_dropout=0.1), False, {}),
        (LSTM(3, recurrent_dropout=0.1), True, {"inside": ("recurrent dropout",)}),
        (LSTM(3, zoneout=(0.0, 0.1)), False, {"inside": ("zoneout",)}),
        (LSTM(3, peepholes=True), True, {"equations": ""}),
        (GRU(3, dtype="mixed_float16"), True, {"equations": "", "dtype": "float16"}),
        (GRU(3, reset_after=True, unroll=True), True, {"equations": "GRU", "unroll": True}),
        (SimpleRNN(3), True, {"equations": ""}),
        (RNN(MUT1Cell(3)), True, {"equations": ""}),
        (RNN(keras.layers.LSTMCell(3)), True, {"equations": "", "dtype": ""}),
    ],
)
def test_what_a_layer_tells_of_itself(layer: Any, training: Any, call: Any) -> None:
    told = call_of(layer.cell, layer.noise, layer.unroll, training)
    here: dict[str, Any] = {"devices": ("CPU:0",), "version": told.version}
    assert replace(told, devices=("CPU:0",)) == replace(ON_GPU, **here, **call)
    assert told.version >= (3, 13) and any("CPU" in device.upper() for device in told.devices)


def after(units: Any, **options: Any) -> Any:
    return GRU(units, reset_after=True, **options)


KINDS = [(LSTM, "LSTM"), (after, "GRU")]
OPTIONS: Any = [
    {},
    {"go_backwards": True},
    {"dropout": 0.3, "weight_drop": 0.4, "seed": 7},
    {"dropout": 0.3, "locked": False, "seed": 7},
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "-".join(o) or "plain")
@pytest.mark.parametrize(("make", "kind"), KINDS, ids=["LSTM", "GRU"])
def test_outputs_and_gradients_are_those_of_the_general_path(
    make: Any, kind: Any, options: Any
) -> None:
    theirs, general = built(make, **options, **FORCED), built(make, **options, unroll=True)
    x = x_like(N, T, D)
    got, want = (gradients(layer, x, training=True) for layer in (theirs, general))
    assert theirs.path == SAYS.format(kind)
    assert len(theirs.weights) == len(general.weights)
    close(got, want, 1e-12)


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "jit"])
@pytest.mark.parametrize(("make", "kind"), KINDS, ids=["LSTM", "GRU"])
def test_inside_a_compiled_step(make: Any, kind: Any, jit: Any) -> None:
    layer = built(make, **FORCED)
    size = tf.TensorSpec((N, T, D) if jit else (None, None, D), tf.float64)
    step = tf.function(lambda x: gradients(layer, x), jit_compile=jit, input_signature=[size])
    x = x_like(N, T, D)
    close(step(x), gradients(layer, x), 1e-12)
    assert layer.path == SAYS.format(kind)


def test_with_a_mask_the_general_path_is_taken() -> None:
    mask = np.array([[1, 1, 0, 1, 1], [0, 1, 1, 0, 0], [1, 1, 1, 1, 1]], bool)
    theirs, general = built(LSTM, **FORCED), built(LSTM, use_cudnn=False)
    x = x_like(N, T, D)
    close(theirs(x, mask=mask), general(x, mask=mask), 1e-12)
    assert theirs.path == "general: there is a mask"


def test_stateful_and_the_last_output_alone() -> None:
    whole = built(LSTM, use_cudnn=False)
    parts = LSTM(H, return_state=True, stateful=True, dtype="float64", **FORCED)
    parts.build((N, T, D))
    parts.set_weights(whole.get_weights())
    x = x_like(N, 2 * T, D)
    parts(x[:, :T])
    h, *states = parts(x[:, T:])
    want = whole(x)
    close([h, *states], [want[0][:, -1], *want[1:]], 1e-12)
    assert parts.path == SAYS.format("LSTM")


def test_a_stack_runs_each_cell_as_it_can() -> None:
    def stack(**options: Any) -> Any:
        cells = [LSTMCell(5, dtype="float64"), MUT1Cell(H, dtype="float64")]
        return RNN([*cells, GRUCell(H, reset_after=True, dtype="float64")], **options)

    both = []
    for options in (FORCED, {"unroll": True}):
        layer = stack(return_sequences=True, return_state=True, dtype="float64", **options)
        layer.build((None, None, D))
        rng = np.random.default_rng(5)
        layer.set_weights([rng.standard_normal(w.shape) for w in layer.weights])
        both.append((layer, keras.tree.flatten(layer(x_like(N, T, D)))))
    (theirs, got), (_, want) = both
    close(got, want, 1e-12)
    first, second, third = theirs.path.split("; ")
    assert first == SAYS.format("LSTM") and third == SAYS.format("GRU")
    assert second.endswith("(no cuDNN: its equations are others)")


def test_both_ways_and_in_a_file(tmp_path: Path) -> None:
    inner = LSTM(H, return_sequences=True, recurrent_dropout=0.2, **FORCED)
    layer = Bidirectional(inner, merge_mode="concat")
    model = keras.Sequential([keras.Input((T, D)), layer, keras.layers.Dense(2)])
    x = x_like(N, T, D).astype("float32")
    before = model(x)
    assert layer.path == SAYS.format("LSTM")
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(again(x), before)
    assert again.layers[0].path == layer.path
    assert len(model.weights) == 2 * 3 + 2
    general = keras.models.clone_model(model)
    for each in (general.layers[0].forward_layer, general.layers[0].backward_layer):
        each.use_cudnn = False
    general.set_weights(model.get_weights())
    close([general(x)], [before], 1e-6)


def test_mixed_precision() -> None:
    layer = LSTM(H, return_sequences=True, return_state=True, dtype="mixed_float16", **FORCED)
    outputs = layer(x_like(N, T, D))
    assert layer.path == SAYS.format("LSTM")
    assert [o.dtype for o in outputs] == ["float16"] * 3


def test_the_fast_path_says_why_it_is_not_cudnn() -> None:
    layer = built(LSTM)
    layer(x_like(N, T, D))
    assert layer.path.startswith("fast: ") and layer.path.endswith("(no cuDNN: there is no GPU)")
    assert layer.supports_jit


def test_to_keras_and_back_keeps_a_no() -> None:
    assert to_keras(LSTM(3, use_cudnn=False)).use_cudnn is False
    assert to_keras(after(3, use_cudnn=True)).use_cudnn == "auto"
    assert from_keras(keras.layers.GRU(3, use_cudnn=False)).use_cudnn is False
    with pytest.raises(ValueError, match="use_cudnn is"):
        LSTM(3, use_cudnn="yes")


def test_a_model_that_xla_cannot_compile_is_trained_without() -> None:
    text = np.random.default_rng(2).integers(0, 9, 62).astype(np.int32)
    losses = []
    for supports in (True, False):
        keras.utils.set_random_seed(3)
        model = RecurrentLanguageModel(9, units=(6,), embedding=4)
        assert model.supports_jit  # as there is no GPU here
        model.supports_jit = supports
        plan = Plan(rows=16, steps=3, epochs=1)
        (epoch,) = Trainer(model, plan, text, text).fit()
        losses.append((epoch.train, epoch.valid))
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
