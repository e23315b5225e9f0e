// Command client does what controllers in Go do: typed calls in protobuf, informers, server-side apply, leader election. Any difference ends it.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	applycore "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/util/retry"
)

const namespace = "golang"

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	check(err)
	config.ContentType, config.AcceptContentTypes = "application/vnd.kubernetes.protobuf", "application/vnd.kubernetes.protobuf,application/json"
	client := kubernetes.NewForConfigOrDie(config)
	_, err = client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{})
	check(err)
	typed(ctx, client)
	informed(ctx, client)
	applied(ctx, client)
	elected(ctx, client)
	fmt.Println("go client: ok")
}

func typed(ctx context.Context, client kubernetes.Interface) {
	labels := map[string]string{"app": "x"}
	replicas := int32(2)
	template := corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i"}}}}
	deployments := client.AppsV1().Deployments(namespace)
	created, err := deployments.Create(ctx, &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "d"}, Spec: appsv1.DeploymentSpec{Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: template}}, metav1.CreateOptions{})
	check(err)
	expect(created.Spec.Strategy.Type == appsv1.RollingUpdateDeploymentStrategyType && created.Generation == 1, "defaults of a deployment")
	_, err = deployments.Create(ctx, created, metav1.CreateOptions{})
	expect(err != nil && (errors.IsAlreadyExists(err) || errors.IsInvalid(err) || err.Error() == "resourceVersion should not be set on objects to be created"), fmt.Sprintf("creating twice: %v", err))
	check(retry.RetryOnConflict(retry.DefaultRetry, func() error {
		current, err := deployments.Get(ctx, "d", metav1.GetOptions{})
		if err != nil {
			return err
		}
		current.Spec.Template.Spec.Containers[0].Image = "j"
		_, err = deployments.Update(ctx, current, metav1.UpdateOptions{})
		return err
	}))
	scale, err := deployments.GetScale(ctx, "d", metav1.GetOptions{})
	check(err)
	expect(scale.Spec.Replicas == 2, "scale")
	patched, err := deployments.Patch(ctx, "d", types.StrategicMergePatchType, []byte(`{"spec":{"template":{"spec":{"containers":[{"name":"d","image":"k"}]}}}}`), metav1.PatchOptions{})
	check(err)
	expect(len(patched.Spec.Template.Spec.Containers) == 2, "strategic merge by name")
	_, err = deployments.Get(ctx, "none", metav1.GetOptions{})
	expect(errors.IsNotFound(err), "not found")
	_, err = client.CoreV1().Pods(namespace).Create(ctx, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}}, metav1.CreateOptions{})
	expect(errors.IsInvalid(err) || errors.IsForbidden(err), fmt.Sprintf("a pod without containers: %v", err))
}

func informed(ctx context.Context, client kubernetes.Interface) {
	factory := informers.NewSharedInformerFactoryWithOptions(client, time.Minute, informers.WithNamespace(namespace))
	informer := factory.Core().V1().ConfigMaps().Informer()
	events := make(chan string, 10)
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { events <- "add " + object.(*corev1.ConfigMap).Name },
		UpdateFunc: func(_, object any) { events <- "update " + object.(*corev1.ConfigMap).Name },
		DeleteFunc: func(object any) { events <- "delete " + object.(*corev1.ConfigMap).Name },
	})
	check(err)
	factory.Start(ctx.Done())
	expect(cache.WaitForCacheSync(ctx.Done(), informer.HasSynced), "informer synced")
	configMaps := client.CoreV1().ConfigMaps(namespace)
	_, err = configMaps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "a"}}, metav1.CreateOptions{})
	check(err)
	_, err = configMaps.Patch(ctx, "a", types.MergePatchType, []byte(`{"data":{"k":"v"}}`), metav1.PatchOptions{})
	check(err)
	check(configMaps.Delete(ctx, "a", metav1.DeleteOptions{}))
	for _, wanted := range []string{"add a", "update a", "delete a"} {
		select {
		case got := <-events:
			expect(got == wanted, fmt.Sprintf("event %q instead of %q", got, wanted))
		case <-time.After(10 * time.Second):
			log.Fatalf("no event %q", wanted)
		}
	}
}

func applied(ctx context.Context, client kubernetes.Interface) {
	configMaps := client.CoreV1().ConfigMaps(namespace)
	object := applycore.ConfigMap("applied", namespace).WithData(map[string]string{"k": "v"})
	_, err := configMaps.Apply(ctx, object, metav1.ApplyOptions{FieldManager: "one"})
	check(err)
	_, err = configMaps.Apply(ctx, applycore.ConfigMap("applied", namespace).WithData(map[string]string{"k": "w"}), metav1.ApplyOptions{FieldManager: "two"})
	expect(errors.IsConflict(err), fmt.Sprintf("a conflict of appliers: %v", err))
	current, err := configMaps.Get(ctx, "applied", metav1.GetOptions{})
	check(err)
	extracted, err := applycore.ExtractConfigMap(current, "one")
	check(err)
	expect(extracted.Data["k"] == "v", "extracting what was applied")
}

func elected(ctx context.Context, client kubernetes.Interface) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lock := &resourcelock.LeaseLock{LeaseMeta: metav1.ObjectMeta{Name: "lock", Namespace: namespace}, Client: client.CoordinationV1(), LockConfig: resourcelock.ResourceLockConfig{Identity: "me"}}
	leading := make(chan struct{})
	go leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
		Lock: lock, LeaseDuration: 4 * time.Second, RenewDeadline: 3 * time.Second, RetryPeriod: time.Second, ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{OnStartedLeading: func(context.Context) { close(leading) }, OnStoppedLeading: func() {}},
	})
	select {
	case <-leading:
	case <-time.After(10 * time.Second):
		log.Fatal("nobody leads")
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func expect(holds bool, what string) {
	if !holds {
		log.Fatalf("unexpected: %s", what)
	}
}
