from django.urls import path

from people.views import directory, grades, imports, profile

app_name = "people"
urlpatterns = [
    path("me/", profile.profile, name="profile"),
    path("me/account/", profile.account, name="account"),
    path("me/zone/", profile.zone, name="zone"),
    path("me/profile/<slug:code>/", profile.part, name="part"),
    path("people/", directory.directory, name="directory"),
    path("people/grades/", grades.grades, name="grades"),
    path("people/import/", imports.imports, name="imports"),
    path("people/import/<str:import_id>/", imports.show, name="import"),
    path("people/import/<str:import_id>/columns/", imports.columns, name="import_columns"),
    path("people/import/<str:import_id>/application/", imports.application, name="import_application"),
    path("people/import/<str:import_id>/reversal/", imports.reversal, name="import_reversal"),
    path("people/import/<str:import_id>/giving-up/", imports.giving_up, name="import_giving_up"),
    path("people/import/<str:import_id>/problems.csv", imports.problems, name="import_problems"),
    path("people/<str:public_id>/", directory.person, name="person"),
    path("people/<str:public_id>/roles/", directory.roles, name="roles"),
]
