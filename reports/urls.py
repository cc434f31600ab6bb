from django.urls import path

from reports.views import dashboard, exports, outcomes

app_name = "reports"
urlpatterns = [
    path("p/<str:public_id>/", dashboard.dashboard, name="dashboard"),
    path("p/<str:public_id>/activity/", dashboard.activity, name="activity"),
    path("p/<str:public_id>/log/", exports.log, name="log"),
    path("reports/", outcomes.outcomes, name="outcomes"),
    path("reports/exports/", exports.export, name="export"),
    path("exports/", exports.exports, name="exports"),
    path("exports/<str:public_id>/file/", exports.file, name="file"),
]
