from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0004_grades_in_order")]

    operations = [
        migrations.AddField(
            model_name="profile",
            name="an_hour_before",
            field=models.BooleanField(default=False, verbose_name="a reminder an hour before meetings"),
        ),
    ]
