from django.urls import path

from matching.views import by_mail, decisions, drafts, figures, offers, runs, scenarios, schedules, shortlists

app_name = "matching"
urlpatterns = [
    path("p/<str:public_id>/matching/", runs.index, name="index"),
    path("p/<str:public_id>/matching/runs/", runs.runs, name="runs"),
    path("p/<str:public_id>/matching/runs/<int:number>/", runs.run, name="run"),
    path("p/<str:public_id>/matching/runs/<int:number>/publish/", runs.publish, name="publish"),
    path("p/<str:public_id>/matching/runs/<int:number>/withdrawal/", runs.take_back, name="take_back"),
    path("p/<str:public_id>/matching/runs/<int:number>/discarding/", runs.discard, name="discard"),
    path("p/<str:public_id>/matching/decisions/", decisions.decisions, name="decisions"),
    path(
        "p/<str:public_id>/matching/decisions/<str:decision>/ending/",
        decisions.ending,
        name="decision_ending",
    ),
    path("p/<str:public_id>/matching/runs/<int:number>/changes/", drafts.changes, name="changes"),
    path(
        "p/<str:public_id>/matching/runs/<int:number>/waiting/<str:person>/", drafts.waiting, name="waiting"
    ),
    path("p/<str:public_id>/matching/runs/<int:number>/compare/", scenarios.comparison, name="comparison"),
    path("p/<str:public_id>/matching/runs/<int:number>/rules/", scenarios.rules, name="rules"),
    path("p/<str:public_id>/matching/runs/<int:number>/rules/adoption/", scenarios.adoption, name="adoption"),
    path(
        "p/<str:public_id>/matching/runs/<int:number>/compare/<int:other>/", scenarios.compare, name="compare"
    ),
    path("p/<str:public_id>/matching/runs/<int:number>/figures/", figures.figures, name="figures"),
    path("p/<str:public_id>/matching/runs/<int:number>/proof/", figures.proof, name="proof"),
    path("p/<str:public_id>/matching/runs/<int:number>/proof/checks/", figures.check, name="check"),
    path(
        "p/<str:public_id>/matching/runs/<int:number>/waiting/<str:person>/remedies/",
        figures.remedies,
        name="remedies",
    ),
    path(
        "p/<str:public_id>/matching/runs/<int:number>/<str:proposal>/alternatives/",
        figures.alternatives,
        name="alternatives",
    ),
    path("p/<str:public_id>/matching/runs/<int:number>/<str:proposal>/", drafts.details, name="details"),
    path("p/<str:public_id>/matching/runs/<int:number>/<str:proposal>/lock/", drafts.lock, name="lock"),
    path("p/<str:public_id>/matching/choosing/", shortlists.shortlists, name="shortlists"),
    path(
        "p/<str:public_id>/matching/choosing/closing/",
        shortlists.shortlists_closing,
        name="shortlists_closing",
    ),
    path("p/<str:public_id>/matching/schedule/", schedules.schedule, name="schedule"),
    path(
        "p/<str:public_id>/matching/schedule/stopping/", schedules.schedule_stopping, name="schedule_stopping"
    ),
    path("choices/<str:public_id>/", shortlists.shortlist, name="shortlist"),
    path("by-mail/acceptance/<str:token>/", by_mail.acceptance, name="acceptance_by_mail"),
    path("by-mail/refusal/<str:token>/", by_mail.refusal, name="refusal_by_mail"),
    path("offers/<str:public_id>/", offers.offer, name="offer"),
    path("offers/<str:public_id>/acceptance/", offers.acceptance, name="acceptance"),
    path("offers/<str:public_id>/refusal/", offers.refusal, name="refusal"),
]
