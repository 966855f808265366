"""学习 learning: courses and their videos, study progress, and every second of credit (R22-R25).

It owns courses, the studies of learners, and whose turn it is to play. What an auditor needs to derive
the credit again is written down in `domain.playback`.
"""
