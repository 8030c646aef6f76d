from django.urls import path

from comparison.page import views

app_name = "comparison"
urlpatterns = [
    path("", views.page, name="page"),
    path("results.json", views.numbers, name="numbers"),
]
