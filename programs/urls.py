from django.urls import path

from programs.views import imports, joining, people, setup

app_name = "programs"
urlpatterns = [
    path("programs/", setup.index, name="index"),
    path("programs/new/", setup.new, name="new"),
    path("p/<str:public_id>/setup/", setup.hub, name="setup"),
    path("p/<str:public_id>/setup/check/", setup.check, name="check"),
    path("p/<str:public_id>/setup/<slug:code>/", setup.task, name="task"),
    path("p/<str:public_id>/publication/", setup.publication, name="publication"),
    path("p/<str:public_id>/settings/", setup.settings, name="settings"),
    path("p/<str:public_id>/people/", people.participants, name="participants"),
    path("p/<str:public_id>/people/add/", people.add, name="add"),
    path("p/<str:public_id>/people/import/", imports.imports, name="imports"),
    path("p/<str:public_id>/people/import/<str:import_id>/", imports.show, name="import"),
    path("p/<str:public_id>/people/import/<str:import_id>/columns/", imports.columns, name="import_columns"),
    path(
        "p/<str:public_id>/people/import/<str:import_id>/application/",
        imports.application,
        name="import_application",
    ),
    path(
        "p/<str:public_id>/people/import/<str:import_id>/reversal/", imports.reversal, name="import_reversal"
    ),
    path(
        "p/<str:public_id>/people/import/<str:import_id>/giving-up/",
        imports.giving_up,
        name="import_giving_up",
    ),
    path(
        "p/<str:public_id>/people/import/<str:import_id>/problems.csv",
        imports.problems,
        name="import_problems",
    ),
    path("p/<str:public_id>/people/invitations/", people.invite_all, name="invite_all"),
    path("p/<str:public_id>/people/<str:enrolment>/", people.participant, name="participant"),
    path("p/<str:public_id>/people/<str:enrolment>/invitations/", people.invitations, name="invitations"),
    path("p/<str:public_id>/people/<str:enrolment>/address/", people.address, name="address"),
    path("p/<str:public_id>/people/<str:enrolment>/pause/", people.pause, name="pause"),
    path("p/<str:public_id>/people/<str:enrolment>/removal/", people.removal, name="removal"),
    path("i/<str:token>/", joining.invitation, name="invitation"),
    path("i/<str:token>/no/", joining.refusal, name="refusal"),
    path("i/<str:token>/new-link/", joining.new_link, name="new_link"),
    path("join/<str:public_id>/check/", joining.join_check, name="join_check"),
    path("join/<str:public_id>/done/", joining.join_done, name="join_done"),
    path("join/<str:public_id>/matching-day.ics", joining.matching_day, name="matching_day"),
    path("join/<str:public_id>/<int:number>/", joining.question, name="question"),
]
