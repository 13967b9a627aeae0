"""The table of backbones. Plain data: recipes read it at start-up, when Keras must not load."""

from collections.abc import Mapping

from brain_tumor_kedro.modelling import block_names, citations
from brain_tumor_kedro.modelling.backbone_spec import Backbone
from brain_tumor_kedro.modelling.study_2_backbones import MOBILENET_SIZES, STUDY_2

_OTHER = (
    Backbone(
        name="sample_cnn",
        family="other",
        size=64,
        contract="tf",
        features=96,
        parameters=78_976,
        blocks=tuple(f"block{number}_conv" for number in range(4, 0, -1)),
        citation="Four strided convolutions, for phantoms and tests; no paper.",
    ),
    Backbone(
        name="mobilenet_v2_035",
        family="other",
        size=224,
        contract="tf",
        features=1280,
        parameters=410_208,
        blocks=block_names.MOBILENET_V2,
        citation=citations.MOBILENET_V2,
        application="MobileNetV2",
        options={"alpha": 0.35},
        pretraining="imagenet",
        sizes=MOBILENET_SIZES,
    ),
    Backbone(
        name="vgg16",
        family="other",
        size=224,
        contract="caffe",
        features=512,
        parameters=14_714_688,
        blocks=block_names.VGG16,
        citation=citations.VGG,
        application="VGG16",
        pretraining="imagenet",
    ),
    # With its two layers of 4096 units, which study 3 adapts.
    Backbone(
        name="vgg16_fc",
        family="other",
        size=224,
        fixed=True,
        contract="caffe",
        features=4096,
        parameters=134_260_544,
        blocks=("fc2", "fc1", *block_names.VGG16),
        citation=citations.VGG,
        application="VGG16",
        cut_after="fc2",
        pretraining="imagenet",
    ),
    Backbone(
        name="xception",
        family="other",
        size=299,
        smallest=71,
        contract="tf",
        features=2048,
        parameters=20_861_480,
        blocks=block_names.XCEPTION,
        citation=citations.XCEPTION,
        application="Xception",
        pretraining="imagenet",
    ),
    Backbone(
        name="inception_resnet_v2",
        family="other",
        size=299,
        smallest=75,
        contract="tf",
        features=1536,
        parameters=54_336_736,
        blocks=block_names.INCEPTION_RESNET_V2,
        citation=citations.INCEPTION_RESNET,
        application="InceptionResNetV2",
        pretraining="imagenet",
    ),
    Backbone(
        name="efficientnet_v2s",
        family="other",
        size=384,
        contract="built_in",
        features=1280,
        parameters=20_331_360,
        blocks=block_names.efficientnet((2, 4, 4, 6, 9, 15), first="project_conv"),
        citation=citations.EFFICIENTNET_V2,
        application="EfficientNetV2S",
        pretraining="imagenet",
    ),
    Backbone(
        name="convnext_tiny",
        family="other",
        size=224,
        contract="built_in",
        features=768,
        parameters=27_820_128,
        blocks=block_names.convnext("convnext_tiny", (3, 3, 9, 3)),
        citation=citations.CONVNEXT,
        application="ConvNeXtTiny",
        pretraining="imagenet",
    ),
)

#: Needs the extra `vit`. The position of a patch is learned for 14 x 14 of them. The contract is
#: that of its publishers' preprocessor.json, at
#: https://huggingface.co/keras/vit_base_patch16_224_imagenet
_TRANSFORMERS = (
    Backbone(
        name="vit_base_16",
        family="other",
        size=224,
        fixed=True,
        contract="tf",
        features=768,
        parameters=85_798_656,
        blocks=block_names.VIT_BASE,
        citation=citations.VIT,
        options={
            "patch_size": 16,
            "num_layers": 12,
            "num_heads": 12,
            "hidden_dim": 768,
            "mlp_dim": 3072,
        },
        preset="vit_base_patch16_224_imagenet",
        pretraining="imagenet",
    ),
)

BACKBONES: Mapping[str, Backbone] = {row.name: row for row in (*STUDY_2, *_OTHER, *_TRANSFORMERS)}
