from django.urls import path

from eventstore import views

app_name = "eventstore"
urlpatterns = [path("api/events/", views.EventList.as_view(), name="events")]
