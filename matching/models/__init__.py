"""Runs and their proposals, and what coordinators and participants put into a run beforehand."""

from matching.models.decisions import PairDecision
from matching.models.proposals import Proposal, ProposalMember
from matching.models.runs import Checkpoint, MatchRun, Unmatched
from matching.models.schedules import RunSchedule
from matching.models.shortlists import Shortlist, ShortlistEntry

__all__ = [
    "Checkpoint",
    "MatchRun",
    "PairDecision",
    "Proposal",
    "ProposalMember",
    "RunSchedule",
    "Shortlist",
    "ShortlistEntry",
    "Unmatched",
]
