"""Functions in students' own ways: the right ones earn all, of the wrong ones the truth is said.

None of them is written as the course's own or as the known mistake that is named. All were found by
trying what students write: with some seed they earned too much, or were taken for another mistake.
"""

from __future__ import annotations

import pytest
from judged_code import named, verdicts

# Some overflow: that is what is wrong with them.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

WRONG = [
    (
        "ngrams",
        """
        def ngrams(sentence, n):
            s = (n - 1) * ["<s>"] + sentence + ["</s>"]
            return [s[i : i + n] for i in range(len(s) - n + 1)]
        """,
        "the n-grams are lists",
    ),
    (
        "mle",
        """
        def mle(context, counts, vocabulary):
            p = {}
            for w in vocabulary:
                below = counts.get(context, 0)
                p[w] = counts.get(context + (w,), 0) / below if below > 0 else 0
            return p
        """,
        "every word gets 0",
    ),
    (
        "sentence_log_probability",
        """
        def sentence_log_probability(sentence, n, counts, vocabulary):
            total = 0
            for *context, w in ngrams(sentence, n):
                p = mle(tuple(context), counts, vocabulary)[w]
                if not p:
                    return total
                total += math.log(p)
            return total
        """,
        "the sum ends at the first n-gram",
    ),
    (
        "add_delta",
        """
        def add_delta(context, counts, vocabulary, delta):
            V = len({ngram[-1] for ngram in counts})
            found = [counts.get((*context, w), 0) for w in vocabulary]
            below = sum(found) + delta * V
            return {w: (f + delta) / below for w, f in zip(vocabulary, found)}
        """,
        "V is one too small",
    ),
    (
        "backoff",
        """
        def backoff(context, tables, vocabulary):
            if len(context) == 0 or context in tables[len(context) - 1]:
                return mle(context, tables[len(context)], vocabulary)
            return backoff(context[1:], tables, vocabulary)
        """,
        "a context counts as one that came if",
    ),
    (
        "stupid_backoff",
        """
        def stupid_backoff(context, tables, vocabulary, alpha):
            S = mle(context, tables[len(context)], vocabulary)
            if context:
                shorter = stupid_backoff(context[1:], tables, vocabulary, alpha)
                S = {w: max(S[w], alpha * shorter[w]) for w in S}
            return S
        """,
        "the larger of the two is taken",
    ),
    (
        "interpolate",
        """
        def interpolate(context, tables, vocabulary, weights):
            parts, used = [{w: 1 / len(vocabulary) for w in vocabulary}], [weights[0]]
            for k, table in enumerate(tables[: len(context) + 1]):
                p = mle(context[-k:], table, vocabulary)
                if any(p.values()):
                    parts.append(p)
                    used.append(weights[k + 1])
            return {w: sum(u * p[w] for u, p in zip(used, parts)) / sum(used) for w in vocabulary}
        """,
        "context[-0:] stands for the empty context",
    ),
    (
        "embed_backward",
        """
        def embed_backward(de, contexts, V):
            N, words = contexts.shape
            blocks = de.reshape(N, words, -1)
            dE = np.zeros((V, blocks.shape[2]))
            for i in range(N):
                dE[contexts[i]] = dE[contexts[i]] + blocks[i]
            return dE
        """,
        "a word that comes twice in one window",
    ),
    (
        "dropout",
        """
        def dropout(x, u, p, training):
            return np.where(u > p, x / (1 - p), 0) if training else x
        """,
        "a unit whose number is p itself",
    ),
    (
        "dropout_backward",
        """
        def dropout_backward(dy, u, p):
            return np.where(u > p, dy / (1 - p), 0)
        """,
        "the gradient of a unit whose number is p itself",
    ),
    (
        "clip_by_global_norm",
        """
        def clip_by_global_norm(gradients, threshold):
            longest = max(np.sqrt((g * g).sum()) for g in gradients)
            return [g / max(longest / threshold, 1) for g in gradients]
        """,
        "the largest of the arrays' norms",
    ),
    (
        "lstm_gates",
        """
        def lstm_gates(x, h_prev, W_x, W_h, b):
            H = len(W_h)
            a = x @ W_x + h_prev @ W_h + b
            s = 1 / (1 + np.exp(-a))
            o = slice(2 * H, 3 * H)
            return s[:, :H], s[:, H : 2 * H], s[:, o], np.tanh(a[:, o])
        """,
        "g is made of the columns of o",
    ),
    (
        "gru_from_keras",
        """
        def gru_from_keras(kernel, recurrent_kernel, bias):
            H = len(kernel)
            arrays = kernel, recurrent_kernel, bias
            return [np.concatenate([-a[..., :H], a[..., H:]], axis=-1) for a in arrays]
        """,
        "the first D columns",
    ),
    (
        "nucleus",
        """
        def nucleus(p, mass):
            order = np.argsort(p)[::-1]
            size = np.argmax(np.cumsum(p[order]) >= mass)
            kept = np.zeros(len(p))
            kept[order[:size]] = p[order[:size]]
            return kept / np.sum(kept)
        """,
        "the character that crosses the mass is left out, and where",
    ),
    (
        "batch_stream",
        """
        def batch_stream(ids, N, T):
            L = (len(ids) - 1) // N
            B = L // T
            x, y = ([ids[n * L + s : n * L + B * T + s] for n in range(N)] for s in (0, 1))
            return np.reshape(x, (B, N, T)), np.reshape(y, (B, N, T))
        """,
        "rows and batches have changed places by reshape",
    ),
]

RIGHT = [
    (
        "ngrams",
        """
        def ngrams(sentence, n):
            padded = ["<s>"] * (n - 1) + sentence + ["</s>"]
            return list(zip(*[padded[i:] for i in range(n)]))
        """,
    ),
    (
        "build_vocabulary",
        """
        def build_vocabulary(sentences, min_count):
            words, counts = np.unique(sum(sentences, []), return_counts=True)
            return np.unique([*words[counts >= min_count], "</s>", "<unk>"])
        """,
    ),
    (
        "interpolate",
        """
        def interpolate(context, tables, vocabulary, weights):
            parts, used = [np.full(len(vocabulary), 1 / len(vocabulary))], [weights[0]]
            for k in range(len(context) + 1):
                p = mle(context[len(context) - k :], tables[k], vocabulary)
                if max(p.values()) > 0:
                    parts.append([p[w] for w in vocabulary])
                    used.append(weights[k + 1])
            return dict(zip(vocabulary, np.average(parts, axis=0, weights=used)))
        """,
    ),
    (
        "embed_backward",
        """
        def embed_backward(de, contexts, V):
            blocks = de.reshape(*contexts.shape, -1)
            return np.tensordot(np.eye(V)[contexts], blocks, axes=([0, 1], [0, 1]))
        """,
    ),
    (
        "adam_update",
        """
        def adam_update(w, m, s, g, t, rate, beta_1, beta_2, epsilon):
            m, s = m + (1 - beta_1) * (g - m), s + (1 - beta_2) * (g * g - s)
            root = math.sqrt(1 - beta_2**t)
            return w - rate * root / (1 - beta_1**t) * m / (np.sqrt(s) + epsilon * root), m, s
        """,
    ),
    (
        "perplexity",
        """
        def perplexity(log_p, mask):
            return 2 ** (-np.where(mask, log_p, 0).sum() / math.log(2) / mask.sum())
        """,
    ),
    (
        "rnn_sequence",
        """
        def rnn_sequence(x, h0, W_x, W_h, b):
            if x.shape[1] == 0:
                return np.empty((*x.shape[:2], len(b)))
            h = rnn_step(x[:, 0], h0, W_x, W_h, b)
            return np.concatenate([h[:, None], rnn_sequence(x[:, 1:], h, W_x, W_h, b)], axis=1)
        """,
    ),
    (
        "rnn_sequence_backward",
        """
        def rnn_sequence_backward(dh, x, h0, W_x, W_h, b):
            h = np.concatenate([h0[:, None], rnn_sequence(x, h0, W_x, W_h, b)], axis=1)
            dx, dh0 = np.zeros(x.shape), np.zeros(h0.shape)
            dW_x, dW_h, db = 0 * W_x, 0 * W_h, 0 * b
            for t in range(x.shape[1]):  # each loss by itself, as in the double sum of deck 5
                back = dh[:, t]
                for k in reversed(range(t + 1)):
                    da = back * (1 - h[:, k + 1] ** 2)
                    dx[:, k] += da @ W_x.T
                    dW_x, dW_h = dW_x + x[:, k].T @ da, dW_h + h[:, k].T @ da
                    db, back = db + da.sum(0), da @ W_h.T
                dh0 += back
            return dx, dh0, dW_x, dW_h, db
        """,
    ),
    (
        "lstm_gates",
        """
        def lstm_gates(x, h_prev, W_x, W_h, b):
            N, H = h_prev.shape
            a = (np.hstack([x, h_prev]) @ np.vstack([W_x, W_h]) + b).reshape(N, 4, H)
            squashed = (1 + np.tanh(a / 2)) / 2
            squashed[:, 3] = np.tanh(a[:, 3])
            return squashed.transpose(1, 0, 2)
        """,
    ),
    (
        "keep_cell",
        """
        def keep_cell(D, H):
            W_x, W_h = np.random.randn(D, 4 * H), np.random.randn(H, 4 * H)
            W_x[:, : 2 * H] = W_h[:, : 2 * H] = 0
            return W_x, W_h, [-50] * H + [50] * H + [1] * (2 * H)
        """,
    ),
    (
        "temperature_softmax",
        """
        def temperature_softmax(logits, temperature):
            far = (logits - logits.max(axis=-1, keepdims=True)) / max(temperature, 1e-12)
            return np.exp(far) / np.exp(far).sum(axis=-1, keepdims=True)
        """,
    ),
    (
        "nucleus",
        """
        def nucleus(p, mass):
            kept, total = [0.0] * len(p), 0.0
            for i in sorted(range(len(p)), key=lambda i: -p[i]):
                if total < mass:
                    kept[i] = p[i]
                    total += p[i]
            return [q / total for q in kept]
        """,
    ),
]


@pytest.mark.parametrize(("problem", "source", "name"), WRONG)
def test_what_is_wrong_is_named(problem: str, source: str, name: str) -> None:
    assert all(told.startswith(name) for told in named(problem, source))


@pytest.mark.parametrize(("problem", "source"), RIGHT)
def test_what_is_right_in_its_own_way_earns_all(problem: str, source: str) -> None:
    assert {verdict.score for verdict in verdicts(problem, source)} == {1}
