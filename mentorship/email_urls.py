from django.urls import path

from mentorship import deliveries, email_pages

app_name = "emails"
urlpatterns = [
    path("p/<str:public_id>/emails/", email_pages.index, name="index"),
    path("p/<str:public_id>/emails/delivery/", deliveries.log, name="log"),
    path("p/<str:public_id>/emails/delivery/retry/", deliveries.retry, name="retry"),
    path("p/<str:public_id>/emails/<str:kind>/", email_pages.letter, name="letter"),
    path("p/<str:public_id>/emails/<str:kind>/preview/", email_pages.preview, name="preview"),
    path("p/<str:public_id>/emails/<str:kind>/html/", email_pages.html, name="html"),
    path("p/<str:public_id>/emails/<str:kind>/standard/", email_pages.standard, name="standard"),
    path("p/<str:public_id>/emails/<str:kind>/test/", email_pages.test, name="test"),
    path("p/<str:public_id>/people/<str:enrolment>/letters/", deliveries.of_person, name="of_person"),
]
