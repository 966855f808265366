"""Which models the settings name. Each is imported only when it is chosen: TensorFlow takes seconds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from services.proctor.worker.adapters.weights import WeightsError
from services.proctor.worker.domain.antispoof import AbsentAntiSpoof, AntiSpoof
from services.proctor.worker.domain.recogniser import Recogniser

DEFAULT_MODEL = "Dlib"


def recogniser_from(environment: Mapping[str, str] = os.environ) -> Recogniser:
    """The recogniser that the settings name, checked and warm.

    XUESHI_FACE_MODEL: "Dlib" (default, weights packaged) or one of DeepFace's names; the latter also needs
    XUESHI_FACE_WEIGHTS (path of the file) and XUESHI_FACE_WEIGHTS_SHA256.

    Raises:
        WeightsError: unknown model, or weights missing, unpinned or altered.
    """
    name = environment.get("XUESHI_FACE_MODEL") or DEFAULT_MODEL
    if name.lower() == DEFAULT_MODEL.lower():
        from services.proctor.worker.adapters.dlib_resnet import DlibResNet

        return DlibResNet()
    path = Path(_required(environment, "XUESHI_FACE_WEIGHTS", name))
    sha256 = _required(environment, "XUESHI_FACE_WEIGHTS_SHA256", name)
    from services.proctor.worker.adapters.deepface_recogniser import DeepFaceRecogniser

    return DeepFaceRecogniser(name, path, sha256)


def antispoof_from(environment: Mapping[str, str] = os.environ) -> AntiSpoof:
    """FasNet when XUESHI_FASNET_WEIGHTS names the folder of its two files, else its absence.

    Raises:
        WeightsError: the folder is named, but a file is missing or is not the pinned one.
    """
    folder = environment.get("XUESHI_FASNET_WEIGHTS", "")
    if not folder:
        return AbsentAntiSpoof()
    from services.proctor.worker.adapters.fasnet import FasNet

    return FasNet(Path(folder))


def _required(environment: Mapping[str, str], variable: str, model: str) -> str:
    value = environment.get(variable, "")
    if not value:
        raise WeightsError(f"{variable} must be set for XUESHI_FACE_MODEL={model}: weights are never fetched")
    return value
