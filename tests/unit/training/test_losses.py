"""Losses against values computed by hand and against torchvision's."""

from __future__ import annotations

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from training.common.losses import Loss  # noqa: E402

HALF_QUARTERS = torch.tensor([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]).log()  # softmax gives these back
FIRST = torch.tensor([0, 0])
LN2, LN4 = math.log(2), math.log(4)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (Loss(), (LN2 + LN4) / 2),
        # 0.7 of the target on the first class, 0.3 spread: 0.8, 0.1, 0.1
        (Loss(smoothing=0.3), ((0.8 * LN2 + 0.2 * LN4) + (0.8 * LN4 + 0.1 * LN2 + 0.1 * LN4)) / 2),
        (Loss("focal"), (0.5**2 * LN2 + 0.75**2 * LN4) / 2),
        (Loss("focal", gamma=1.0), (0.5 * LN2 + 0.75 * LN4) / 2),
        (Loss("focal", gamma=0.0), (LN2 + LN4) / 2),
        (
            Loss("focal", smoothing=0.3),
            (
                (0.8 * 0.25 * LN2 + 0.2 * 0.5625 * LN4)
                + (0.8 * 0.5625 * LN4 + 0.1 * 0.25 * LN2 + 0.1 * 0.5625 * LN4)
            )
            / 2,
        ),
        (Loss("mse"), ((0.25 + 2 * 0.0625) + (0.5625 + 0.25 + 0.0625)) / 2),
        (
            Loss("mse", smoothing=0.3),
            ((0.3**2 + 2 * 0.15**2) + (0.55**2 + 0.4**2 + 0.15**2)) / 2,
        ),
    ],
)
def test_one_class_a_row(loss: Loss, expected: float) -> None:
    assert loss.of_classes(HALF_QUARTERS, FIRST).item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", ["cross-entropy", "focal", "mse"])
def test_ignored_rows_do_not_count(name: str) -> None:
    loss = Loss(name, smoothing=0.1)  # type: ignore[arg-type]
    scores = torch.cat([HALF_QUARTERS, torch.tensor([[9.0, -9.0, 3.0]])])
    with_ignored = loss.of_classes(scores, torch.tensor([0, 0, 2]), ignored=2)
    assert with_ignored.item() == pytest.approx(loss.of_classes(HALF_QUARTERS, FIRST).item())


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (Loss(), -math.log(0.75) - math.log(0.5)),
        (Loss(smoothing=0.2), -0.9 * math.log(0.75) - 0.1 * math.log(0.25) - math.log(0.5)),
        (Loss("focal"), -(0.25**2) * math.log(0.75) - 0.5**2 * math.log(0.5)),
        (Loss("mse"), 0.25**2 + 0.5**2),
        (Loss("mse", smoothing=0.2), 0.15**2 + 0.4**2),
    ],
)
def test_several_labels_a_row(loss: Loss, expected: float) -> None:
    scores = torch.tensor([[math.log(3), 0.0]])  # sigmoids 0.75 and 0.5
    assert loss.of_labels(scores, torch.tensor([[1.0, 0.0]])).item() == pytest.approx(expected, abs=1e-6)


def test_focal_loss_of_labels_is_torchvisions() -> None:
    ops = pytest.importorskip("torchvision.ops")
    torch.manual_seed(0)
    scores, wanted = torch.randn(6, 5) * 4, (torch.rand(6, 5) > 0.5).float()
    theirs = ops.sigmoid_focal_loss(scores, wanted, alpha=-1, gamma=1.5, reduction="none").sum(1).mean()
    assert Loss("focal", gamma=1.5).of_labels(scores, wanted).item() == pytest.approx(theirs.item(), rel=1e-5)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_gradients_are_finite_where_the_answer_is_sure(gamma: float) -> None:
    for sign in (1.0, -1.0):
        scores = (torch.tensor([[60.0, 0.0], [0.0, 60.0]]) * sign).requires_grad_()
        loss = Loss("focal", gamma=gamma)
        (loss.of_classes(scores, FIRST) + loss.of_labels(scores, torch.eye(2))).backward()
        assert torch.isfinite(scores.grad).all()


@pytest.mark.parametrize("name", ["cross-entropy", "focal", "mse"])
def test_rows_count_by_their_weight(name: Any) -> None:
    loss, torch_scores = Loss(name, 0.1), torch.tensor([[1.0, 0.0], [0.5, 2.0], [3.0, 1.0]])
    wanted, weights = torch.tensor([0, 1, 2]), torch.tensor([1.0, 3.0, 9.0])
    first, second = (loss.of_classes(torch_scores[[i]], wanted[[i]]).item() for i in (0, 1))
    whole = loss.of_classes(torch_scores, wanted, 2, weights).item()
    assert whole == pytest.approx((first + 3 * second) / 4, rel=1e-5)
