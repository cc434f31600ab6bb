from django.urls import path

from mentorship import deliveries, email_pages

app_name = "emails"
urlpatterns = [
    path("emails/", email_pages.index, name="index"),
    path("emails/delivery/", deliveries.log, name="log"),
    path("emails/delivery/retry/", deliveries.retry, name="retry"),
    path("emails/<str:kind>/", email_pages.letter, name="letter"),
    path("emails/<str:kind>/preview/", email_pages.preview, name="preview"),
    path("emails/<str:kind>/html/", email_pages.html, name="html"),
    path("emails/<str:kind>/standard/", email_pages.standard, name="standard"),
    path("emails/<str:kind>/test/", email_pages.test, name="test"),
    path("people/<str:enrolment>/letters/", deliveries.of_person, name="of_person"),
]
