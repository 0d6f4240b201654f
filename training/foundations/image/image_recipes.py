"""The recipes of this family by name."""

from __future__ import annotations

from training.foundations.recipe import RecipeSpec, RecipeTable

_HERE = "training.foundations.image"


def _classifier(target: str, chapter: str, help_: str, *arguments: str) -> RecipeSpec:
    return RecipeSpec(f"{_HERE}.{target}", chapter, help_, ("cifar10",), arguments, compared=True)


TABLE: RecipeTable = {
    "dncnn": RecipeSpec(
        f"{_HERE}.denoise:DnCNNRecipe", "2.1", "DnCNN: a small network learns noise", ("flickr8k",)
    ),
    "image-knn": _classifier(
        "classify:FeatureRecipe", "2.2.1", "nearest neighbours on the pixels' main axes", "image-knn"
    ),
    "hog-svm": _classifier(
        "classify:FeatureRecipe", "2.2.1", "SVM on histograms of oriented gradients", "hog-svm"
    ),
    "alexnet": _classifier(
        "convnets:ConvRecipe", "2.2.2", "AlexNet in small: large filters first, dropout", "alexnet"
    ),
    "vgg": _classifier("convnets:ConvRecipe", "2.2.2", "VGG in small: pairs of 3x3 convolutions", "vgg"),
    "resnet": _classifier("convnets:ConvRecipe", "2.2.2", "ResNet in small: residual blocks", "resnet"),
    "efficientnet-transfer": _classifier(
        "classify:TransferRecipe", "2.2.2", "logistic regression on a frozen EfficientNet-Lite2's features"
    ),
    "dcgan": RecipeSpec(
        f"{_HERE}.gan:GanRecipe",
        "2.2.3",
        "DCGAN: two networks play against each other",
        ("cifar10", "unbalanced"),
    ),
}
