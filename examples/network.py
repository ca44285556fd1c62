"""A network with one hidden layer (tanh, then softmax), in plain Python.

Weights are `[hidden, output]`: two lists of rows, one row per unit, the bias last in each row.
"""

import math
import random
from operator import mul


def new_weights(inputs, hidden, outputs, seed):
    rng = random.Random(seed)

    def layer(units, fan_in):
        scale = 1 / math.sqrt(fan_in)
        return [[rng.uniform(-scale, scale) for _ in range(fan_in + 1)] for _ in range(units)]

    return [layer(hidden, inputs), layer(outputs, hidden)]


def shape(weights):
    """`(inputs, hidden, outputs)`"""
    hidden, output = weights
    return len(hidden[0]) - 1, len(hidden), len(output)


def _activations(weights, pixels):
    hidden_rows, output_rows = weights
    biased = pixels + [1.0]
    hidden = [math.tanh(sum(map(mul, row, biased))) for row in hidden_rows] + [1.0]
    scores = [sum(map(mul, row, hidden)) for row in output_rows]
    highest = max(scores)
    exponentials = [math.exp(score - highest) for score in scores]
    total = sum(exponentials)
    return biased, hidden, [value / total for value in exponentials]


def gradient(weights, examples):
    """`(gradient, loss)`, each summed over `examples`, a list of `(pixels, label)`."""
    total = [[[0.0] * len(row) for row in layer] for layer in weights]
    loss = 0.0
    for pixels, label in examples:
        biased, hidden, guesses = _activations(weights, pixels)
        loss -= math.log(max(guesses[label], 1e-12))
        errors = guesses
        errors[label] -= 1.0
        for unit, error in enumerate(errors):
            total[1][unit] = [sum_ + error * value for sum_, value in zip(total[1][unit], hidden)]
        for unit in range(len(weights[0])):
            back = sum(error * row[unit] for error, row in zip(errors, weights[1]))
            slope = back * (1.0 - hidden[unit] ** 2)
            total[0][unit] = [sum_ + slope * value for sum_, value in zip(total[0][unit], biased)]
    return total, loss


def step(weights, total, rate):
    """The weights after one step of gradient descent; the given ones are left as they are."""
    return [
        [[weight - rate * slope for weight, slope in zip(row, slopes)] for row, slopes in zip(layer, layer_slopes)]
        for layer, layer_slopes in zip(weights, total)
    ]


def accuracy(weights, examples):
    """The share of `examples` that the network labels rightly, 0 to 1."""
    right = 0
    for pixels, label in examples:
        guesses = _activations(weights, pixels)[2]
        right += guesses.index(max(guesses)) == label
    return right / len(examples)
