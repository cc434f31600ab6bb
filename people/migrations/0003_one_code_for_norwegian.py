from django.db import migrations


def one_code(apps, schema_editor):
    """Files said "nb" and pages "no": two people with the same language had none in common."""
    profile = apps.get_model("people", "Profile")
    for found in profile.objects.exclude(languages=[]).only("languages").iterator():
        if "no" in found.languages:
            found.languages = list(dict.fromkeys("nb" if code == "no" else code for code in found.languages))
            found.save(update_fields=["languages"])


class Migration(migrations.Migration):
    dependencies = [("people", "0002_quiet_hours")]

    operations = [migrations.RunPython(one_code, migrations.RunPython.noop)]
