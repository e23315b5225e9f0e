"""What programs do with the Python client: typed calls, watches, the dynamic client, leader election. Any difference ends it with an error."""
import os
import threading

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException
from kubernetes.leaderelection import electionconfig, leaderelection
from kubernetes.leaderelection.resourcelock.configmaplock import ConfigMapLock

NAMESPACE = "python"


def typed(core: client.CoreV1Api, apps: client.AppsV1Api) -> None:
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="a", labels={"app": "x"}), data={"k": "v"})
    created = core.create_namespaced_config_map(NAMESPACE, body)
    assert created.metadata.uid and created.metadata.creation_timestamp.tzinfo is not None
    patched = core.patch_namespaced_config_map("a", NAMESPACE, {"data": {"k": None, "l": "w"}})
    assert patched.data == {"l": "w"}, patched.data
    created.data = {"k": "stale"}
    try:
        core.replace_namespaced_config_map("a", NAMESPACE, created)
        raise AssertionError("a stale update was accepted")
    except ApiException as error:
        assert error.status == 409, error
    labels = {"app": "x"}
    container = client.V1Container(name="c", image="i", resources=client.V1ResourceRequirements(requests={"cpu": "100m"}))
    template = client.V1PodTemplateSpec(metadata=client.V1ObjectMeta(labels=labels), spec=client.V1PodSpec(containers=[container]))
    spec = client.V1DeploymentSpec(replicas=2, selector=client.V1LabelSelector(match_labels=labels), template=template)
    apps.create_namespaced_deployment(NAMESPACE, client.V1Deployment(metadata=client.V1ObjectMeta(name="d"), spec=spec))
    scale = apps.patch_namespaced_deployment_scale("d", NAMESPACE, {"spec": {"replicas": 5}})
    assert scale.spec.replicas == 5
    assert apps.read_namespaced_deployment("d", NAMESPACE).spec.strategy.type == "RollingUpdate"
    page = core.list_config_map_for_all_namespaces(limit=1)
    assert page.metadata._continue and core.list_config_map_for_all_namespaces(limit=1, _continue=page.metadata._continue).items


def watched(core: client.CoreV1Api) -> None:
    listed = core.list_namespaced_config_map(NAMESPACE, label_selector="app=x")
    core.patch_namespaced_config_map("a", NAMESPACE, {"metadata": {"annotations": {"n": "1"}}})
    core.patch_namespaced_config_map("a", NAMESPACE, {"metadata": {"labels": {"app": None}}})
    stream = watch.Watch().stream(core.list_namespaced_config_map, NAMESPACE, label_selector="app=x", resource_version=listed.metadata.resource_version, timeout_seconds=2)
    assert [event["type"] for event in stream] == ["MODIFIED", "DELETED"]
    try:
        list(watch.Watch().stream(core.list_namespaced_config_map, NAMESPACE, resource_version="99999999999", timeout_seconds=1))
    except ApiException as error:
        assert error.status in (410, 504), error


def dynamically(api: client.ApiClient) -> None:
    crds = client.ApiextensionsV1Api(api)
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget"}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer", "default": 3}}}}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    crds.create_custom_resource_definition({"metadata": {"name": "widgets.example.com"}, "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}})
    for event in watch.Watch().stream(crds.list_custom_resource_definition, field_selector="metadata.name=widgets.example.com", timeout_seconds=20):
        conditions = event["object"].status.conditions or []
        if any(one.type == "Established" and one.status == "True" for one in conditions):
            break
    widgets = dynamic.DynamicClient(api).resources.get(api_version="example.com/v1", kind="Widget")
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {}}
    assert widgets.create(body=widget, namespace=NAMESPACE).spec.size == 3
    applied = widgets.server_side_apply(body={**widget, "spec": {"size": 4}}, namespace=NAMESPACE, field_manager="python", force_conflicts=True)
    assert applied.spec.size == 4 and applied.metadata.managedFields
    assert [one.metadata.name for one in widgets.get(namespace=NAMESPACE).items] == ["w"]
    widgets.delete(name="w", namespace=NAMESPACE)


def elected() -> None:
    leading = threading.Event()
    lock = ConfigMapLock("lock", NAMESPACE, "me")
    election = electionconfig.Config(lock, lease_duration=5, renew_deadline=4, retry_period=1, onstarted_leading=leading.set, onstopped_leading=None)
    threading.Thread(target=leaderelection.LeaderElection(election).run, daemon=True).start()
    assert leading.wait(10), "nobody leads"


def main() -> None:
    config.load_kube_config()
    api = client.ApiClient()
    core = client.CoreV1Api(api)
    assert client.VersionApi(api).get_code().minor.startswith("36")
    typed(core, client.AppsV1Api(api))
    watched(core)
    dynamically(api)
    elected()
    print("python client: ok", flush=True)
    os._exit(0)  # the elected leader never stops by itself


main()
