"""The core of training: pure Keras.

Where to find what:

- settings, which a recipe in YAML is read into, without Keras: `recipes`, `phase_settings`,
  `head_settings`, `lora_settings`, `augmentation_settings`; `families` make many recipes of one;
  beside recipes `compute_settings`, `pretrained_settings` and `attention_settings`; `strict` is
  what they share;
- backbones: `backbone_table` and `study_2_backbones` are rows of `backbone_spec`, with
  `block_names`, `citations` and `contracts`; `backbones` builds a row, from `applications` or
  `vit`, with `inner_normalization`;
- weights: `weights` loads a file, whose `weight_layouts` has to fit; `published_weights` finds or
  fetches one;
- the classifier: `classifier`, with `heads`, `lora` and `layers`; `mirrored` averages both sides;
  `temperature` calibrates; `inference` predicts, `lineage` says what it was trained on;
- looking into it: `parts` takes a saved classifier apart, `last_map` cuts it; `style` is what the
  guard against foreign images looks at; `gradcam` (with `gradients`) and `occlusion` map what
  speaks for a class, `randomization` again while it forgets, `explaining` all of them; `hiding`
  hides a part of each image; `streaming` predicts images made on the way, `folded` faster;
  `retraining` trains a recipe anew on other images;
- from slices to patients: `attention_pooling` learns on `bags` of slices which of them count;
- augmentation: `augmentation` puts `affine` and `photometric` changes before a classifier;
  `augmentation_examples` shows them;
- data: `batches`; `features` and `views` of a frozen backbone, made faster by `folding`, shared by
  trainings in a `feature_store`, from which `frozen_inference` predicts; `resident` on the device;
- training: `phases` runs a `training_run` phase after phase to its `outcome`; each has its
  `phase_data`, what is `trainable`, and `optimization` with `schedules`, `layer_decay` and
  `averaging`; `positive_f1` is a metric; epochs go into the `history`, the best into
  `best_weights`;
- around it: `devices`, `distribution` over several (as `replicated` models), `callbacks`,
  `progress`;
- exporting, by `export_settings`: `conversion` to other formats, `quietly`: `onnx_file`,
  `saved_model` and `tflite`, `in_one_pass` (`one_pass`) and with `tflite_facts`; `exported` runs
  them, `export_trial` tries them out, `throughput` says how fast;
- resuming: `checkpoints` keep the `training_state` in a `state_file`, for the training that
  `checkpoint_identity` describes.
"""
