from collections import Counter, defaultdict

from django.db import migrations, models


def folded(grade):
    return " ".join(grade.split()).casefold()


def to_one_order(apps, schema_editor):
    """A level stood with each person; it is the level of their grade, the one most people of that grade had."""
    profiles = apps.get_model("people", "Profile").objects.exclude(grade_level=None)
    # Whoever has a level and no grade is called by the level, so that it is not lost.
    for nameless in profiles.filter(grade="").iterator():
        nameless.grade = f"Level {nameless.grade_level}"
        nameless.save(update_fields=["grade"])
    names, said = {}, defaultdict(Counter)
    for grade, level in profiles.order_by("pk").values_list("grade", "grade_level"):
        names.setdefault(folded(grade), grade)
        said[folded(grade)][level] += 1
    levels = defaultdict(list)
    for key, counts in said.items():
        levels[min(counts, key=lambda level: (-counts[level], level))].append(names[key])
    if levels:
        organisation, _is_new = apps.get_model("people", "Organisation").objects.get_or_create(pk=1)
        organisation.grades = [sorted(levels[level]) for level in sorted(levels)]
        organisation.save(update_fields=["grades"])


def to_each_person(apps, schema_editor):
    organisation = apps.get_model("people", "Organisation").objects.first()
    levels = {
        folded(grade): number
        for number, grades in enumerate(organisation.grades if organisation else [], 1)
        for grade in grades
    }
    for profile in apps.get_model("people", "Profile").objects.exclude(grade="").iterator():
        profile.grade_level = levels.get(folded(profile.grade))
        profile.save(update_fields=["grade_level"])


class Migration(migrations.Migration):
    dependencies = [("people", "0003_one_code_for_norwegian")]

    operations = [
        migrations.AddField("organisation", "grades", models.JSONField(blank=True, default=list)),
        migrations.RunPython(to_one_order, to_each_person),
        migrations.RemoveField("profile", "grade_level"),
    ]
