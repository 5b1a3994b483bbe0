"""Complete models around a recurrent layer of any kind."""

from rnncore.nn.models.captioner import Captioner
from rnncore.nn.models.classifier import Classifier
from rnncore.nn.models.crnn import CRNN
from rnncore.nn.models.forecaster import Forecaster
from rnncore.nn.models.language_model import LanguageModel
from rnncore.nn.models.seq2seq import Seq2Seq
from rnncore.nn.models.tagger import Tagger
from rnncore.nn.models.transcriber import Transcriber
from rnncore.nn.models.tree_classifier import TreeClassifier

__all__ = [
    "CRNN",
    "Captioner",
    "Classifier",
    "Forecaster",
    "LanguageModel",
    "Seq2Seq",
    "Tagger",
    "Transcriber",
    "TreeClassifier",
]
