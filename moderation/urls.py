from django.urls import path

from moderation import api

app_name = "moderation"
urlpatterns = [
    path("api/moderation/reviews/", api.ReviewList.as_view(), name="reviews"),
    path("api/moderation/reviews/<uuid:comment_id>/", api.ReviewDetail.as_view(), name="review"),
    path(
        "api/moderation/reviews/<uuid:comment_id>/approve/", api.Approve.as_view(), name="approve"
    ),
    path("api/moderation/reviews/<uuid:comment_id>/reject/", api.Reject.as_view(), name="reject"),
]
