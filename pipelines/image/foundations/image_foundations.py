"""The foundations of this folder by name."""

from __future__ import annotations

from pipelines.core.foundation import FoundationSpec, FoundationTable

_HERE = "pipelines.image.foundations"


def _tool(target: str, help_: str) -> FoundationSpec:
    return FoundationSpec(f"{_HERE}.{target}", "2.1.1", f"{help_}, as a PNG", learned=False)


TABLE: FoundationTable = {
    "grayscale": _tool("enhance:grayscale", "brightness alone"),
    "histogram-equalisation": _tool("enhance:histogram_equalisation", "contrast spread over all levels"),
    "clahe": _tool("enhance:clahe", "contrast spread in each region, within a limit"),
    "canny": _tool("edges:canny", "edges by Canny"),
    "shi-tomasi": _tool("edges:shi_tomasi", "corners by Shi and Tomasi"),
    "harris": _tool("edges:harris", "corners by Harris and Stephens"),
    "orb": _tool("edges:orb", "key points with binary descriptors"),
    "hog": _tool("edges:histogram_of_gradients", "histograms of oriented gradients"),
    "median": _tool("denoise:median", "denoised by the median of neighbours"),
    "non-local-means": _tool("denoise:non_local_means", "denoised by means over places that look alike"),
    "dncnn": FoundationSpec(f"{_HERE}.dncnn:DnCNN", "2.1", "denoised by a small DnCNN, as a PNG"),
    "image-knn": FoundationSpec(f"{_HERE}.traditional:ImageKNN", "2.2.1", "ten classes: nearest neighbours"),
    "hog-svm": FoundationSpec(f"{_HERE}.traditional:HogSVM", "2.2.1", "ten classes: SVM on HOG"),
    "alexnet": FoundationSpec(f"{_HERE}.convnet:AlexNetClassifier", "2.2.2", "ten classes: AlexNet in small"),
    "vgg": FoundationSpec(f"{_HERE}.convnet:VGGClassifier", "2.2.2", "ten classes: VGG in small"),
    "resnet": FoundationSpec(f"{_HERE}.convnet:ResNetClassifier", "2.2.2", "ten classes: ResNet in small"),
    "efficientnet-transfer": FoundationSpec(
        f"{_HERE}.transfer:EfficientNetTransfer", "2.2.2", "ten classes: EfficientNet-Lite2's features"
    ),
    "dcgan": FoundationSpec(
        f"{_HERE}.dcgan:DCGAN", "2.2.3", "new pictures, as many as a text file says, as a PNG"
    ),
}
