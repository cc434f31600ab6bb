"""Where everything is.  Each floor keeps its own addresses; this page only joins them."""

from django.conf import settings
from django.urls import include, path

from mentorship import accent, gauges, health, home, job_pages, letter_pages, post, styleguide, webhooks

urlpatterns = [
    path("", home.root, name="root"),
    path("home/", home.home, name="home"),
    path("help/", home.help_page, name="help"),
    path("accessibility/", home.accessibility, name="accessibility"),
    path("guides/", home.guides, name="guides"),
    path("jobs/<str:public_id>/", job_pages.show, name="job"),
    path("jobs/<str:public_id>/stop/", job_pages.stop, name="job_stop"),
    path("me/letters/", letter_pages.letters, name="letters"),
    path("letters/off/<str:token>/", letter_pages.off, name="letters_off"),
    path("", include("mentorship.email_urls")),
    path("", include("mentorship.account_urls")),
    path("", include("people.urls")),
    path("", include("programs.urls")),
    path("", include("relationships.urls")),
    path("", include("matching.urls")),
    path("", include("reports.urls")),
    path("accent.css", accent.sheet, name="accent"),
    path("healthz/live", health.live, name="healthz_live"),
    path("healthz/deep", health.deep, name="healthz_deep"),
    path("metrics", gauges.show, name="metrics"),
    path("webhooks/mail/<slug:provider>/", webhooks.tell, name="mail_webhook"),
]

if settings.DEMO:
    urlpatterns += [
        path("post/", post.index, name="post"),
        path("post/<uuid:public_id>/", post.letter, name="post_letter"),
        path("post/<uuid:public_id>/html/", post.html, name="post_html"),
    ]
if settings.DEBUG or settings.DEMO:
    urlpatterns.append(path("styleguide/", styleguide.show, name="styleguide"))

handler400 = "mentorship.errors.bad_request"
handler403 = "mentorship.errors.permission_denied"
handler404 = "mentorship.errors.not_found"
handler500 = "mentorship.errors.server_error"
handler429 = "mentorship.errors.too_many"
