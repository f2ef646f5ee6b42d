package main

import (
	"github.com/spf13/cobra"

	"tandem/runner/scratch"
	"tandem/runner/trial"
)

// guardArgv starts the process that ends every trial should the runner be
// killed. See trial.GuardMain.
func guardArgv(self string) []string { return []string{self, "guard"} }

// guardCommand is what the runner starts itself as; no user types it.
func guardCommand() *cobra.Command {
	return &cobra.Command{
		Use: "guard", Hidden: true, Args: cobra.ArbitraryArgs,
		Short: "end what a killed runner left behind",
		RunE: func(cmd *cobra.Command, args []string) error {
			err := trial.GuardMain(cmd.InOrStdin(), args)
			scratch.Sweep() // none are left but a killed runner's
			return err
		},
	}
}
