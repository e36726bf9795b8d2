package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	storagehelpers "k8s.io/component-helpers/storage/volume"
)

const provisionerName = "trainferry.test/hostpath"

// newProvisioner: gives each claim of its StorageClass a world-writable directory of this node (so every access mode works), and removes it with the claim.
func newProvisioner() *cobra.Command {
	var kubeconfig, dir string
	cmd := &cobra.Command{Use: "provisioner", RunE: func(cmd *cobra.Command, _ []string) error {
		config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
		if err != nil {
			return err
		}
		api, err := kubernetes.NewForConfig(config)
		if err != nil {
			return err
		}
		for ; ; time.Sleep(500 * time.Millisecond) {
			if err := provision(cmd.Context(), api, dir); err != nil {
				fmt.Fprintln(os.Stderr, time.Now().Format(time.RFC3339), err)
			}
		}
	}}
	cmd.Flags().StringVar(&kubeconfig, "kubeconfig", "", "")
	cmd.Flags().StringVar(&dir, "dir", "", "where the volumes go")
	return cmd
}

func provision(ctx context.Context, api kubernetes.Interface, dir string) error {
	classes, err := api.StorageV1().StorageClasses().List(ctx, meta.ListOptions{})
	if err != nil {
		return err
	}
	ours := map[string]v1.PersistentVolumeReclaimPolicy{}
	for _, c := range classes.Items {
		if c.Provisioner == provisionerName {
			ours[c.Name] = *c.ReclaimPolicy
		}
	}
	claims, err := api.CoreV1().PersistentVolumeClaims("").List(ctx, meta.ListOptions{})
	if err != nil {
		return err
	}
	for i := range claims.Items {
		claim := &claims.Items[i]
		policy, ok := ours[storagehelpers.GetPersistentVolumeClaimClass(claim)]
		if !ok || claim.Status.Phase != v1.ClaimPending || claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil {
			continue
		}
		name := "pvc-" + string(claim.UID)
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(path, 0o777); err != nil {
			return err
		}
		if err := os.Chmod(path, 0o777); err != nil {
			return err
		}
		kind := v1.HostPathDirectory
		volume := &v1.PersistentVolume{
			ObjectMeta: meta.ObjectMeta{Name: name, Annotations: map[string]string{"pv.kubernetes.io/provisioned-by": provisionerName}},
			Spec: v1.PersistentVolumeSpec{
				StorageClassName:              storagehelpers.GetPersistentVolumeClaimClass(claim),
				AccessModes:                   claim.Spec.AccessModes,
				Capacity:                      v1.ResourceList{v1.ResourceStorage: claim.Spec.Resources.Requests[v1.ResourceStorage]},
				PersistentVolumeReclaimPolicy: policy,
				ClaimRef:                      &v1.ObjectReference{Kind: "PersistentVolumeClaim", APIVersion: "v1", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID},
				PersistentVolumeSource:        v1.PersistentVolumeSource{HostPath: &v1.HostPathVolumeSource{Path: path, Type: &kind}},
			},
		}
		if _, err := api.CoreV1().PersistentVolumes().Create(ctx, volume, meta.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	volumes, err := api.CoreV1().PersistentVolumes().List(ctx, meta.ListOptions{})
	if err != nil {
		return err
	}
	for _, v := range volumes.Items {
		if v.Annotations["pv.kubernetes.io/provisioned-by"] == provisionerName && v.Status.Phase == v1.VolumeReleased && v.Spec.PersistentVolumeReclaimPolicy == v1.PersistentVolumeReclaimDelete {
			if err := os.RemoveAll(v.Spec.HostPath.Path); err != nil {
				return err
			}
			if err := api.CoreV1().PersistentVolumes().Delete(ctx, v.Name, meta.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
				return err
			}
		}
	}
	return nil
}
