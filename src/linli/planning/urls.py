urlpatterns: list = []
app_name = "planning"
