"""Active liveness (活体检测, R16, R20): did a live face do what the prompts asked, in their order?"""

from services.proctor.worker.domain.liveness.judgement import judge
from services.proctor.worker.domain.liveness.policy import LivenessPolicy
from services.proctor.worker.domain.liveness.verdict import Action, Liveness, Refusal

__all__ = ["Action", "Liveness", "LivenessPolicy", "Refusal", "judge"]
