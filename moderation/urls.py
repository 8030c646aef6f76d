from django.urls import path

from moderation import api

app_name = "moderation"
reviews = "api/moderation/reviews/"
urlpatterns = [
    path(reviews, api.ReviewList.as_view(), name="reviews"),
    path(f"{reviews}<UUID:comment_id>/", api.ReviewDetail.as_view(), name="review"),
    path(f"{reviews}<UUID:comment_id>/approve/", api.Approve.as_view(), name="approve"),
    path(f"{reviews}<UUID:comment_id>/reject/", api.Reject.as_view(), name="reject"),
]
