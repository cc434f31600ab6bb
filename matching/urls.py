from django.urls import path

from matching.views import drafts, offers, runs

app_name = "matching"
urlpatterns = [
    path("p/<str:public_id>/matching/", runs.index, name="index"),
    path("p/<str:public_id>/matching/runs/", runs.runs, name="runs"),
    path("p/<str:public_id>/matching/runs/<int:number>/", runs.run, name="run"),
    path("p/<str:public_id>/matching/runs/<int:number>/publish/", runs.publish, name="publish"),
    path("p/<str:public_id>/matching/runs/<int:number>/withdrawal/", runs.take_back, name="take_back"),
    path("p/<str:public_id>/matching/runs/<int:number>/discarding/", runs.discard, name="discard"),
    path("p/<str:public_id>/matching/runs/<int:number>/<str:proposal>/", drafts.details, name="details"),
    path("p/<str:public_id>/matching/runs/<int:number>/<str:proposal>/lock/", drafts.lock, name="lock"),
    path("offers/<str:public_id>/", offers.offer, name="offer"),
    path("offers/<str:public_id>/acceptance/", offers.acceptance, name="acceptance"),
    path("offers/<str:public_id>/refusal/", offers.refusal, name="refusal"),
]
